//! Tools that come from Debian packages. They are looked for as programs and files, so that a machine
//! which has them from elsewhere needs no package.

use super::missing::Missing;
use crate::project::Project;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use xshell::cmd;

struct Tool {
    package: &'static str,
    why: &'static str,
    is_there: fn(&Project) -> bool,
}

const TOOLS: [Tool; 16] = [
    Tool {
        package: "clang",
        why: "it compiles the guest in C, and wasm3 for RISC-V",
        is_there: |project| project.has_program("clang"),
    },
    Tool {
        package: "lld",
        why: "its wasm-ld links the guest in C",
        is_there: |project| project.has_program("wasm-ld"),
    },
    Tool {
        package: "wasi-libc",
        why: "the C library of the tests' guest of WASI",
        is_there: |_| Path::new("/usr/include/wasm32-wasi/stdio.h").is_file(),
    },
    Tool {
        package: "libclang-rt-dev-wasm32",
        why: "what clang compiles that guest's operators to",
        is_there: |project| has_wasm_builtins(project),
    },
    Tool {
        package: "binaryen",
        why: "its wasm-opt takes a fifth off the guest's code",
        is_there: |project| project.has_program("wasm-opt"),
    },
    Tool {
        package: "gcc-arm-none-eabi",
        why: "it compiles wasm3 for Cortex-M",
        is_there: |project| project.has_program("arm-none-eabi-gcc"),
    },
    Tool {
        package: "libnewlib-arm-none-eabi",
        why: "the C library of firmware on Cortex-M",
        is_there: |project| has_newlib(project),
    },
    Tool {
        package: "qemu-system-arm",
        why: "it runs the firmware",
        is_there: |project| project.has_program("qemu-system-arm"),
    },
    Tool {
        package: "qemu-system-misc",
        why: "it runs native images for RISC-V",
        is_there: |project| project.has_program("qemu-system-riscv32"),
    },
    Tool {
        package: "valgrind",
        why: "it counts the instructions of a call",
        is_there: |project| project.has_program("valgrind"),
    },
    Tool {
        package: "nodejs",
        why: "it runs the compiler of AssemblyScript; version 20 or later",
        is_there: |project| project.has_program("node"),
    },
    Tool {
        package: "npm",
        why: "it installs the compiler of AssemblyScript",
        is_there: |project| project.has_program("npm"),
    },
    Tool {
        package: "mosquitto",
        why: "tests of fleets run it as their MQTT broker",
        is_there: |project| has_server(project, "mosquitto"),
    },
    Tool {
        package: "nats-server",
        why: "tests of fleets run it as their NATS broker",
        is_there: |project| has_server(project, "nats-server"),
    },
    Tool {
        package: "chromium",
        why: "tests of the service look at its page in it",
        is_there: |project| project.has_program("chromium"),
    },
    Tool {
        package: "python3-venv",
        why: "it installs the compiler of Zig",
        is_there: |project| {
            let sh = &project.shell;
            cmd!(sh, "python3 -c").arg("import ensurepip, venv").quiet().ignore_stderr().run().is_ok()
        },
    },
];

/// Debian puts servers where the path of many users does not lead.
fn has_server(project: &Project, name: &str) -> bool {
    project.has_program(name) || Path::new("/usr/sbin").join(name).is_file()
}

/// What is not there.
pub fn missing(project: &Project) -> Vec<Missing> {
    let missing = TOOLS.iter().filter(|tool| !(tool.is_there)(project));
    missing.map(|Tool { package: name, why, .. }| Missing { name, why }).collect()
}

pub fn install(project: &Project) -> Result<()> {
    let missing = missing(project);
    if missing.is_empty() {
        return Ok(());
    }
    for Missing { name, why } in &missing {
        println!("setup: installing {name}: {why}");
    }
    let packages: Vec<_> = missing.iter().map(|missing| missing.name).collect();
    apt_get(project, &packages)?;
    match self::missing(project).first() {
        Some(tool) => bail!("{} was installed, and its program or file is still not found", tool.name),
        None => Ok(()),
    }
}

fn apt_get(project: &Project, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !project.has_program("apt-get") {
        bail!("there is no apt-get here. Install by hand what these Debian packages hold: {list}");
    }
    let by_hand = || {
        format!(
            "could not install. By hand: sudo apt-get update && sudo apt-get install --no-install-recommends {list}"
        )
    };
    let is_root = cmd!(project.shell, "id -u").quiet().read()? == "0";
    if !is_root && !project.has_program("sudo") {
        bail!("{}: neither root nor sudo", by_hand());
    }
    let install = ["install", "--yes", "--no-install-recommends"];
    logged(project, is_root, &["update"]).with_context(by_hand)?;
    logged(project, is_root, &[&install, packages].concat()).with_context(by_hand)
}

/// Runs apt-get with its output in a file, which is named when it fails.
fn logged(project: &Project, is_root: bool, args: &[&str]) -> Result<()> {
    std::fs::create_dir_all(&project.target)?;
    let log = project.target.join("setup.log");
    let output = File::create(&log)?;
    let sudo: &[&str] = if is_root { &[] } else { &["sudo"] };
    let words = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"], args].concat();
    let status = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::inherit())
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        bail!("`apt-get {}` failed; see {}", args.join(" "), log.display())
    }
}

/// What clang links by `--rtlib=compiler-rt`, where it says.
fn has_wasm_builtins(project: &Project) -> bool {
    let sh = &project.shell;
    let found = cmd!(sh, "clang --target=wasm32-wasi --rtlib=compiler-rt -print-libgcc-file-name");
    found.quiet().ignore_stderr().read().is_ok_and(|path| Path::new(&path).is_file())
}

/// Library and headers: a compiler that does not find a library prints its bare name.
fn has_newlib(project: &Project) -> bool {
    let sh = &project.shell;
    let found = cmd!(sh, "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -print-file-name=libc_nano.a");
    let library = found.quiet().ignore_stderr().read().is_ok_and(|path| Path::new(&path).is_file());
    library && Path::new("/usr/include/newlib/stdint.h").is_file()
}
