//! `rpcgen new`: a cargo project around a file.

use std::path::{Path, PathBuf};

use crate::emit;
use crate::model::{Model, Version};
use crate::pipeline::Analysis;
use crate::resolve::is_keyword;
use crate::{Error, builder};

/// What the project is made of.
pub(super) struct Project<'a> {
    pub(super) name: &'a str,
    pub(super) folder: PathBuf,
    /// A checkout of the runtime, whose crates are used by path.
    pub(super) runtime: Option<&'a Path>,
    pub(super) analysis: &'a Analysis,
    pub(super) file: &'a Path,
}

/// Crates that every program has, or this one depends on.
const TAKEN: [&str; 7] = ["std", "core", "alloc", "test", "proc_macro", "sunrpc", "sunrpc_rpcgen"];

type Result<T = ()> = std::result::Result<T, Error>;

impl Project<'_> {
    /// Writes the project, and says what to do with it; a folder that is there already is left alone.
    pub(super) fn create(&self) -> Result<String> {
        self.check_name()?;
        // What can fail comes before the folder is made: who tries again must not find it there.
        let manifest = self.manifest()?;
        if self.folder.exists() {
            let folder = self.folder.display();
            return Err(Error::new(format!(
                "{folder}: is there already; name another folder with `--path`"
            )));
        }
        for folder in ["src/bin", "idl"] {
            let folder = self.folder.join(folder);
            std::fs::create_dir_all(&folder).map_err(|error| Error::at(&folder, &error))?;
        }
        self.copy_sources()?;
        self.write("Cargo.toml", &manifest)?;
        self.write("build.rs", &self.build_script())?;
        self.write("src/lib.rs", &self.library())?;
        self.write("src/bin/server.rs", &self.server())?;
        self.write("src/bin/client.rs", &self.client())?;
        self.write("README.md", &self.readme())?;
        self.write(".gitignore", "/target\n")?;
        Ok(self.next_steps())
    }

    fn write(&self, name: &str, text: &str) -> Result {
        builder::write_if_changed(&self.folder.join(name), text)
    }

    fn next_steps(&self) -> String {
        let folder = self.folder.display();
        let publication = match self.runtime {
            Some(_) => "",
            None => {
                "\nCargo.toml names crates that are not published yet. Until they are, give both a `path`, or make the\n\
                 project with `--runtime FOLDER`, where FOLDER is a checkout of them.\n"
            }
        };
        format!(
            "made {folder}: build.rs, a server, a client, a README.md\n\n    \
             cd {folder}\n    \
             cargo run --bin server    # answers at 127.0.0.1:20490\n    \
             cargo run --bin client    # calls it, from another terminal\n\
             {publication}"
        )
    }

    /// Cargo's rule for names, in small letters, and what the project's code can't be called.
    fn check_name(&self) -> Result {
        let starts = self.name.starts_with(|first: char| first.is_ascii_lowercase());
        let is_name = self.name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        });
        let reason = if !starts {
            "a name begins with a small letter"
        } else if !is_name {
            "a name has small letters, digits, `-` and `_` only"
        } else if is_keyword(self.name) || matches!(self.name, "crate" | "self" | "super") {
            "it is a keyword of Rust"
        } else if TAKEN.contains(&self.crate_name().as_str()) {
            "the project uses a crate of this name"
        } else {
            return Ok(());
        };
        Err(Error::new(format!("`{}` can't be the name of a crate: {reason}", self.name)))
    }

    /// The file and those it includes, side by side.
    fn copy_sources(&self) -> Result {
        for path in self.analysis.sources.paths() {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let to = self.folder.join("idl").join(name);
            std::fs::copy(path, &to).map_err(|error| Error::at(path, &error))?;
        }
        Ok(())
    }

    fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    fn file_name(&self) -> String {
        self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    fn stem(&self) -> String {
        self.file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
    }

    /// The module that holds the emitted code: the file's name, where that can be a module's.
    fn module(&self) -> String {
        let stem = self.stem();
        let letters = stem
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        let module: String = letters.collect();
        let is_name = module.starts_with(|first: char| first.is_ascii_lowercase());
        let is_word = is_keyword(&module) || matches!(module.as_str(), "crate" | "self" | "super");
        // `use std::…` and `use sunrpc::…` in what is emitted must go on to mean the crates.
        if is_name && !is_word && !TAKEN.contains(&module.as_str()) {
            module
        } else {
            format!("idl_{module}")
        }
    }

    fn manifest(&self) -> Result<String> {
        let dependency = |folder: &str, rest: &str| match self.runtime {
            None => Ok(format!("{{ version = \"{}\"{rest} }}", env!("CARGO_PKG_VERSION"))),
            Some(runtime) => {
                let path = runtime.join(folder);
                let path = path.canonicalize().map_err(|error| {
                    let runtime = runtime.display();
                    Error::new(format!(
                        "{runtime}: no checkout of the runtime (`--runtime`): {}: {error}",
                        path.display()
                    ))
                })?;
                Ok(format!("{{ path = {:?}{rest} }}", path.display().to_string()))
            }
        };
        Ok(format!(
            "[package]\n\
             name = \"{name}\"\n\
             version = \"0.1.0\"\n\
             edition = \"2024\"\n\
             \n\
             [dependencies]\n\
             sunrpc = {}\n\
             \n\
             [build-dependencies]\n\
             sunrpc-rpcgen = {}\n\
             \n\
             [workspace]\n",
            dependency("rpc", "")?,
            dependency("rpcgen", ", default-features = false")?,
            name = self.name,
        ))
    }

    fn build_script(&self) -> String {
        format!(
            "//! Makes Rust of the interface.\n\n\
             fn main() -> sunrpc_rpcgen::Result {{\n    sunrpc_rpcgen::compile(\"idl/{}\")\n}}\n",
            self.file_name()
        )
    }

    fn library(&self) -> String {
        let (file, module, stem) = (self.file_name(), self.module(), self.stem());
        // The module is private: its names have one path, and a crate of its name stays what that name means.
        let include = match module == stem {
            true => format!("sunrpc::include_x!(mod {module});"),
            false => format!("mod {module} {{\n    sunrpc::include_x!(\"{stem}\");\n}}"),
        };
        format!(
            "//! What rpcgen makes of `idl/{file}`: types, a trait for the server, a client.\n\n\
             {include}\n\
             pub use {module}::*;\n"
        )
    }

    fn versions(&self) -> impl Iterator<Item = &Version> {
        versions(&self.analysis.model)
    }

    fn server(&self) -> String {
        let Analysis { model, sources, .. } = self.analysis;
        let skeleton = emit::skeleton(model, sources, &emit::Options::default());
        let services: String = self
            .versions()
            .map(|version| format!("        .service({}(Service))\n", version.server))
            .collect();
        format!(
            "//! A server of `idl/{file}`: every procedure is there and none does anything yet.\n\n\
             use std::process::ExitCode;\n\
             \n\
             use {crate_name}::*;\n\
             use sunrpc::server::Server;\n\
             \n\
             /// What the server does and knows.\n\
             #[derive(Clone, Copy)]\n\
             struct Service;\n\
             {skeleton}\n\
             {MAIN}\
             /// Serves on the address that the command line has, for ever.\n\
             fn run() -> std::io::Result<()> {{\n\
             {ADDRESS}\
             \x20   let server = Server::builder()\n\
             {services}\
             \x20       .listen(address)\n\
             \x20       .bind()?;\n\
             \x20   println!(\"ready on {{address}}, TCP and UDP\");\n\
             \x20   server.run()\n\
             }}\n",
            file = self.file_name(),
            crate_name = self.crate_name(),
        )
    }

    fn client(&self) -> String {
        let has_null = |version: &&Version| {
            version
                .procedures
                .iter()
                .all(|procedure| procedure.name.value != 0 || procedure.is_null)
        };
        let body = match self.versions().find(has_null) {
            Some(version) => format!(
                "    let client = {}::new(Client::tcp(address)?);\n    client.null()?;\n    \
                 println!(\"{} answers at {{address}}\");\n",
                version.client, version.name.name
            ),
            None => "    let client = Client::tcp(address)?;\n    println!(\"connected to {}\", client.server());\n".to_owned(),
        };
        let uses = match self.versions().find(has_null) {
            Some(version) => format!(
                "use {}::{};\nuse sunrpc::client::{{Client, Error, ProgramClient}};\n",
                self.crate_name(),
                version.client
            ),
            None => "use sunrpc::client::{Client, Error};\n".to_owned(),
        };
        format!(
            "//! A client of `idl/{file}`: calls the procedure that does nothing.\n\n\
             use std::process::ExitCode;\n\n\
             {uses}\n\
             {MAIN}\
             /// Calls the server at the address that the command line has.\n\
             fn run() -> Result<(), Error> {{\n\
             {ADDRESS}\
             {body}\
             \x20   Ok(())\n\
             }}\n",
            file = self.file_name(),
        )
    }

    fn readme(&self) -> String {
        format!(
            "# {name}\n\n\
             A server and a client of the ONC RPC interface in `idl/{file}`.\n\n\
             ```sh\n\
             cargo run --bin server               # listens on 127.0.0.1:20490, TCP and UDP\n\
             cargo run --bin client               # calls it\n\
             cargo doc --open                     # what rpcgen made of the interface\n\
             ```\n\n\
             `rpccall idl/{file}` lists what can be called; `rpccall idl/{file} -a 127.0.0.1:20490 PROCEDURE` calls it.\n\n\
             `build.rs` compiles the interface; `src/lib.rs` includes the result. Every procedure in\n\
             `src/bin/server.rs` answers that it is unavailable until it is written.\n\n\
             ## Logs\n\n\
             The runtime tells `tracing` what it does, and nobody listens. To see it, add a subscriber with\n\
             `cargo add tracing-subscriber --features env-filter`, make it the first line of `main`:\n\n\
             ```rust\n\
             tracing_subscriber::fmt::init();\n\
             ```\n\n\
             and say what is to be shown: `RUST_LOG=sunrpc=debug cargo run --bin server`.\n",
            name = self.name,
            file = self.file_name(),
        )
    }
}

/// Errors are shown as they are meant for people, and make the exit status 1.
const MAIN: &str = "fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(\"error: {error}\");
            ExitCode::FAILURE
        }
    }
}

";

/// The address that the command line has.
const ADDRESS: &str = "    let address = std::env::args().nth(1);
    let address = address.as_deref().unwrap_or(\"127.0.0.1:20490\");
";

fn versions(model: &Model) -> impl Iterator<Item = &Version> {
    model.programs.iter().flat_map(|program| &program.versions)
}
