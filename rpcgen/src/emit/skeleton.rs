//! A server that implements everything and does nothing yet.

use super::layout::Out;
use super::server::Emitter;
use super::{Context, Options};
use crate::model::Model;
use crate::source::Sources;

/// `impl DaytimeV1 for Service { … }` for every version of every program.
pub(crate) fn skeleton(model: &Model, sources: &Sources, options: &Options) -> String {
    let context = Context::new(model, sources, options);
    let mut out = Out::default();
    for program in &model.programs {
        for version in &program.versions {
            out.blank();
            let emitter = Emitter { context: &context, program, version };
            let methods = version.procedures.iter().filter(|procedure| !procedure.is_null);
            let methods: Vec<_> = methods.collect();
            if methods.is_empty() {
                out.pieces(0, &["impl ", &version.rust, " for Service {}"]);
                continue;
            }
            out.pieces(0, &["impl ", &version.rust, " for Service {"]);
            for (index, procedure) in methods.into_iter().enumerate() {
                if index > 0 {
                    out.blank();
                }
                emitter.unavailable(procedure, &mut out);
            }
            out.line(0, "}");
        }
    }
    out.finish()
}
