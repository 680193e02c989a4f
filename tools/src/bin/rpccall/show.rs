//! What can be called, and how.

use sunrpc_rpcgen::schema::{Kind, Schema, Type};
use sunrpc_tools::{dynamic::example, json::Layout, output::Output};

use crate::{
    args::Args,
    arguments::is_word,
    find::{Target, all},
    trouble::Trouble,
};

/// From how many characters on a signature does not push the comments of others to the right.
const MAX_WIDTH: usize = 50;

/// Every procedure, a line each.
pub(crate) fn list(args: &Args, schema: &Schema, output: &Output) -> Result<(), Trouble> {
    let targets = all(schema, &args.choice)?;
    let signatures: Vec<String> = targets.iter().map(|target| signature(schema, target)).collect();
    let widths = signatures.iter().map(|signature| signature.chars().count());
    let width = widths.filter(|width| *width <= MAX_WIDTH).max().unwrap_or_default();
    let mut last = None;
    for (target, signature) in targets.iter().zip(&signatures) {
        let Target { program, version, procedure } = target;
        let heading = (&program.name, version.number);
        if last.replace(heading) != Some(heading) {
            let (number, name) = (program.number, &program.name);
            output.line(&format!("{name} {number} (0x{number:08x}) version {}", version.number))?;
        }
        let doc = first_line(&procedure.doc);
        output.line(&format!("{:>6}  {signature:<width$}  {doc}", procedure.number))?;
    }
    Ok(())
}

/// `--describe`
pub(crate) fn describe(
    args: &Args,
    schema: &Schema,
    target: &Target<'_>,
    output: &Output,
) -> Result<(), Trouble> {
    let procedure = target.procedure;
    output.whole(&signature(schema, target))?;
    if !procedure.doc.is_empty() {
        output.whole(&procedure.doc)?;
    }
    for text in definitions(schema, target) {
        output.whole("")?;
        text.lines().try_for_each(|line| output.whole(line))?;
    }
    let (file, usage) = (args.file.display(), usage(schema, target));
    output.whole(&format!("\nFor example:\nrpccall {file} HOST {}{usage}", procedure.name))?;
    match example(schema, &procedure.result, args.layout()) {
        Some(result) if *schema.resolved(&procedure.result) != Type::Void => {
            output.whole(&result)?
        }
        _ => {}
    }
    Ok(())
}

/// `DOCTOR_SAY(remark) -> doctor_reply`
pub(crate) fn signature(schema: &Schema, target: &Target<'_>) -> String {
    let procedure = target.procedure;
    let arguments = procedure.arguments.iter().map(|argument| {
        let ty = schema.spell(&argument.ty);
        if argument.name.is_empty() { ty } else { format!("{}: {ty}", argument.name) }
    });
    let arguments: Vec<String> = arguments.collect();
    let result = schema.spell(&procedure.result);
    format!("{}({}) -> {result}", procedure.name, arguments.join(", "))
}

/// What a shell would be given of arguments: an example of each, with a blank before it.
pub(crate) fn usage(schema: &Schema, target: &Target<'_>) -> String {
    let arguments = target.procedure.arguments.iter();
    let words = arguments.map(|argument| {
        let example = example(schema, &argument.ty, Layout::Line);
        let example = example.unwrap_or_else(|| schema.spell(&argument.ty));
        let word = example.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match word.filter(|_| is_word(schema, &argument.ty)).unwrap_or(&example) {
            word if !word.is_empty() && word.chars().all(is_bare) => format!(" {word}"),
            word => format!(" '{word}'"),
        }
    });
    words.collect()
}

/// Whether a shell takes a character as it is.
fn is_bare(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// How the file defines the types that a procedure takes and answers, in its order.
fn definitions<'s>(schema: &'s Schema, target: &Target<'s>) -> Vec<&'s str> {
    let mut used = vec![false; schema.definitions.len()];
    let arguments = target.procedure.arguments.iter().map(|argument| &argument.ty);
    let mut rest: Vec<&Type> = arguments.chain([&target.procedure.result]).collect();
    while let Some(ty) = rest.pop() {
        match ty {
            Type::Named(id) => {
                let Some(used) = used.get_mut(*id) else { continue };
                if !std::mem::replace(used, true)
                    && let Some(definition) = schema.definition(ty)
                {
                    parts(&definition.kind, &mut rest);
                }
            }
            Type::Array(of, _) | Type::FixedArray(of, _) | Type::Optional(of) | Type::List(of) => {
                rest.push(of);
            }
            _ => {}
        }
    }
    let definitions = schema.definitions.iter().zip(used).filter(|(_, used)| *used);
    let texts: Vec<&str> = definitions.map(|(definition, _)| definition.text.as_str()).collect();
    // A type that is defined within another is shown there.
    let is_within = |text: &str| texts.iter().any(|other| *other != text && other.contains(text));
    texts.iter().copied().filter(|text| !is_within(text)).collect()
}

fn parts<'s>(kind: &'s Kind, parts: &mut Vec<&'s Type>) {
    match kind {
        Kind::Enum(_) => {}
        Kind::Struct(fields) => parts.extend(fields.iter().map(|field| &field.ty)),
        Kind::Union(union) => {
            parts.push(&union.discriminant);
            parts.extend(union.arms.iter().map(|arm| &arm.ty).chain(&union.default));
        }
        Kind::Typedef(of) => parts.push(of),
    }
}

fn first_line(doc: &str) -> &str {
    doc.lines().next().unwrap_or_default()
}
