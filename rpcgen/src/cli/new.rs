//! `rpcgen new`: a cargo project around a file.

use std::path::{Path, PathBuf};

use crate::emit;
use crate::model::{Model, Version};
use crate::pipeline::Analysis;
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

type Result<T = ()> = std::result::Result<T, Error>;

impl Project<'_> {
    /// Writes the project; a folder that is there already is left alone.
    pub(super) fn create(&self) -> Result {
        self.check_name()?;
        if self.folder.exists() {
            return Err(Error::new(format!("{}: is there already", self.folder.display())));
        }
        for folder in ["src/bin", "idl"] {
            let folder = self.folder.join(folder);
            std::fs::create_dir_all(&folder).map_err(|error| Error::at(&folder, &error))?;
        }
        self.copy_sources()?;
        self.write("Cargo.toml", &self.manifest()?)?;
        self.write("build.rs", &self.build_script())?;
        self.write("src/lib.rs", &self.library())?;
        self.write("src/bin/server.rs", &self.server())?;
        self.write("src/bin/client.rs", &self.client())?;
        self.write("README.md", &self.readme())?;
        self.write(".gitignore", "/target\n")
    }

    fn write(&self, name: &str, text: &str) -> Result {
        builder::write_if_changed(&self.folder.join(name), text)
    }

    /// Cargo's rule for names, in small letters.
    fn check_name(&self) -> Result {
        let starts = self.name.starts_with(|first: char| first.is_ascii_lowercase());
        let is_name = self.name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
        });
        if starts && is_name {
            return Ok(());
        }
        Err(Error::new(format!(
            "`{}` can't be the name of a crate: small letters, digits, `-` and `_`",
            self.name
        )))
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

    /// The module that holds the emitted code.
    fn module(&self) -> String {
        let stem = self.stem();
        let letters = stem
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        let module: String = letters.collect();
        if module.starts_with(|first: char| first.is_ascii_lowercase()) {
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
                let path = path.canonicalize().map_err(|error| Error::at(&path, &error))?;
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
        format!(
            "//! The interface of `idl/{file}`.\n\n\
             /// What rpcgen makes of `idl/{file}`.\n\
             pub mod {module} {{\n    sunrpc::include_x!(\"{stem}\");\n}}\n",
            file = self.file_name(),
            module = self.module(),
            stem = self.stem(),
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
             use {crate_name}::{module}::*;\n\
             use sunrpc::server::Server;\n\
             \n\
             /// What the server does and knows.\n\
             #[derive(Clone, Copy)]\n\
             struct Service;\n\
             {skeleton}\n\
             fn main() -> std::io::Result<()> {{\n\
             \x20   let address = std::env::args().nth(1);\n\
             \x20   let address = address.as_deref().unwrap_or(\"127.0.0.1:20490\");\n\
             \x20   let server = Server::builder()\n\
             {services}\
             \x20       .listen(address)\n\
             \x20       .bind()?;\n\
             \x20   println!(\"ready on {{address}}, TCP and UDP\");\n\
             \x20   server.run()\n\
             }}\n",
            file = self.file_name(),
            crate_name = self.crate_name(),
            module = self.module(),
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
                "use {}::{}::{};\nuse sunrpc::client::{{Client, Error, ProgramClient}};\n",
                self.crate_name(),
                self.module(),
                version.client
            ),
            None => "use sunrpc::client::{Client, Error};\n".to_owned(),
        };
        format!(
            "//! A client of `idl/{file}`: calls the procedure that does nothing.\n\n\
             {uses}\n\
             fn main() -> Result<(), Error> {{\n\
             \x20   let address = std::env::args().nth(1);\n\
             \x20   let address = address.as_deref().unwrap_or(\"127.0.0.1:20490\");\n\
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
             `build.rs` compiles the interface; `src/lib.rs` includes the result. Every procedure in\n\
             `src/bin/server.rs` answers that it is unavailable until it is written.\n",
            name = self.name,
            file = self.file_name(),
        )
    }
}

fn versions(model: &Model) -> impl Iterator<Item = &Version> {
    model.programs.iter().flat_map(|program| &program.versions)
}
