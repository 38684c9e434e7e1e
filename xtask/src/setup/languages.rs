//! The compilers of the guests in AssemblyScript and Zig. They come from their registries in the versions that the
//! examples name, and lie in `target/tools`: nothing changes outside of the target folder.

use super::missing::Missing;
use crate::project::Project;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use xshell::cmd;

struct Compiler {
    /// Its folder in `target/tools`.
    folder: &'static str,
    name: &'static str,
    why: &'static str,
    example: &'static str,
    /// The files of the example that say what is installed. The first one is copied to `installed` when all is there;
    /// `compile.rs` of the example compares it.
    files: &'static [&'static str],
    install: fn(&Project, &Path) -> Result<()>,
}

const COMPILERS: [Compiler; 2] = [
    Compiler {
        folder: "assemblyscript",
        name: "AssemblyScript",
        why: "it compiles the guest in AssemblyScript",
        example: "guest-assemblyscript",
        files: &["package-lock.json", "package.json"],
        install: |project, to| {
            let _folder = project.shell.push_dir(to);
            let npm = cmd!(project.shell, "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error");
            Ok(npm.quiet().ignore_stdout().run()?)
        },
    },
    Compiler {
        folder: "zig",
        name: "Zig",
        why: "it compiles the guest in Zig",
        example: "guest-zig",
        files: &["requirements.txt"],
        install: |project, to| {
            let _folder = project.shell.push_dir(to);
            cmd!(project.shell, "python3 -m venv .").quiet().run()?;
            let pip = to.join("bin/pip");
            let options = ["--quiet", "--no-cache-dir", "--disable-pip-version-check"];
            let install = cmd!(project.shell, "{pip} install {options...} --requirement requirements.txt");
            Ok(install.quiet().run()?)
        },
    },
];

impl Compiler {
    fn source(&self, project: &Project) -> PathBuf {
        project.root.join("examples").join(self.example)
    }

    fn place(&self, project: &Project) -> PathBuf {
        project.target.join("tools").join(self.folder)
    }

    fn is_there(&self, project: &Project) -> Result<bool> {
        let wanted = fs::read(self.source(project).join(self.files[0]))?;
        Ok(fs::read(self.place(project).join("installed")).is_ok_and(|installed| installed == wanted))
    }

    fn install(&self, project: &Project) -> Result<()> {
        println!("setup: installing {} in {}: {}", self.name, self.place(project).display(), self.why);
        let (from, to) = (self.source(project), self.place(project));
        // What another version left is not mixed with this one.
        project.shell.remove_path(&to)?;
        fs::create_dir_all(&to)?;
        for file in self.files {
            fs::copy(from.join(file), to.join(file))?;
        }
        (self.install)(project, &to).with_context(|| format!("could not install {}", self.name))?;
        fs::copy(from.join(self.files[0]), to.join("installed"))?;
        Ok(())
    }
}

/// What is not there, or there in another version.
pub fn missing(project: &Project) -> Result<Vec<Missing>> {
    let mut missing = Vec::new();
    for compiler in &COMPILERS {
        if !compiler.is_there(project)? {
            missing.push(Missing { name: compiler.name, why: compiler.why });
        }
    }
    Ok(missing)
}

pub fn install(project: &Project) -> Result<()> {
    for compiler in &COMPILERS {
        if !compiler.is_there(project)? {
            compiler.install(project)?;
        }
    }
    Ok(())
}
