//! `compose`: links components, each export to the import of its name.

use super::done::Done;
use crate::args::ComposeArgs;
use crate::failure::{Failure, Kind, Outcome};
use crate::files;
use crate::report::Report;
use serde_json::json;
use std::fmt::Display;
use std::path::Path;
use wac_graph::types::{Package, SubtypeChecker, are_semver_compatible};
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

pub(super) fn run(args: &ComposeArgs) -> Outcome<Done> {
    let inputs = [&args.component].into_iter().chain(&args.plugs);
    files::check_standard(inputs.clone())?;
    files::check_apart(Some(args.output.as_path()), inputs.map(AsRef::as_ref))?;
    let mut linker = Linker::new(&args.component)?;
    for (at, plug) in args.plugs.iter().enumerate() {
        linker.plug(at, plug)?;
    }
    let (composed, report) = linker.finish()?;
    files::write(&args.output, &composed)?;
    let mut all = Report::new();
    all.add("output", args.output.display().to_string());
    all.add("length", composed.len());
    all.extend(report);
    Ok(Done::written(all, &args.output))
}

/// A component, and what was linked to its imports.
struct Linker {
    graph: CompositionGraph,
    socket: PackageId,
    instance: NodeId,
    /// The import, the export and the file that has it.
    links: Vec<(String, String, String)>,
}

impl Linker {
    fn new(component: &Path) -> Outcome<Self> {
        let mut graph = CompositionGraph::new();
        let socket = register(&mut graph, "socket", component)?;
        let instance = graph.instantiate(socket);
        Ok(Self { graph, socket, instance, links: Vec::new() })
    }

    /// Links all exports of a component that the first one imports. One at least has to be there.
    fn plug(&mut self, at: usize, file: &Path) -> Outcome<()> {
        let plug = register(&mut self.graph, &format!("plug{at}"), file)?;
        let (pairs, name) = (self.pairs(plug, file)?, files::name(file).to_string());
        if pairs.is_empty() {
            let message = format!(
                "nothing to link: it exports {}, and the component imports {}",
                listed(&self.exports(plug)),
                listed(&self.imports())
            );
            return Err(Failure::new(Kind::Input, message).in_file(name));
        }
        let instance = self.graph.instantiate(plug);
        for (export, import) in pairs {
            let value = self.graph.alias_instance_export(instance, &export).map_err(input)?;
            let set = self.graph.set_instantiation_argument(self.instance, &import, value);
            set.map_err(|error| input(error).in_file(&name))?;
            self.links.push((import, export, name.clone()));
        }
        Ok(())
    }

    /// The exports of a component and the imports that they are for. Types that differ are an error: an import that stays
    /// open in silence is found out too late.
    fn pairs(&self, plug: PackageId, file: &Path) -> Outcome<Vec<(String, String)>> {
        let types = self.graph.types();
        let imports = &types[self.graph[self.socket].ty()].imports;
        let (mut cache, mut pairs) = (Default::default(), Vec::new());
        let mut checker = SubtypeChecker::new(&mut cache);
        for (export, ty) in &types[self.graph[plug].ty()].exports {
            let same = imports.get_key_value(export);
            let found =
                same.or_else(|| imports.iter().find(|(import, _)| are_semver_compatible(export, import)));
            let Some((import, wanted)) = found else { continue };
            checker.is_subtype(*ty, types, *wanted, types).map_err(|error| {
                let message =
                    format!("the export `{export}` has other types than the import `{import}`: {error:#}");
                Failure::new(Kind::Input, message).in_file(files::name(file))
            })?;
            pairs.push((export.clone(), import.clone()));
        }
        Ok(pairs)
    }

    /// Exports what the component exports, and encodes all.
    fn finish(mut self) -> Outcome<(Vec<u8>, Report)> {
        let exports = self.exports(self.socket);
        for name in &exports {
            let value = self.graph.alias_instance_export(self.instance, name).map_err(input)?;
            self.graph.export(value, name).map_err(input)?;
        }
        let composed = self.graph.encode(EncodeOptions::default()).map_err(input)?;
        let mut report = Report::new();
        let links = self.links.iter().map(|(import, export, file)| {
            let line = if import == export {
                format!("{import}: {file}")
            } else {
                format!("{import}: {export} of {file}")
            };
            (line, json!({ "import": import, "export": export, "file": file }))
        });
        report.add_list("links", links.collect());
        let open = self
            .imports()
            .into_iter()
            .filter(|import| self.links.iter().all(|(linked, ..)| linked != import));
        report.add_list("open_imports", open.map(|import| (import.clone(), import.into())).collect());
        report
            .add_list("exports", exports.into_iter().map(|export| (export.clone(), export.into())).collect());
        Ok((composed, report))
    }

    fn imports(&self) -> Vec<String> {
        self.graph.types()[self.graph[self.socket].ty()].imports.keys().cloned().collect()
    }

    fn exports(&self, package: PackageId) -> Vec<String> {
        self.graph.types()[self.graph[package].ty()].exports.keys().cloned().collect()
    }
}

fn register(graph: &mut CompositionGraph, name: &str, file: &Path) -> Outcome<PackageId> {
    let refused = |error: &dyn Display| Failure::new(Kind::Input, error).in_file(files::name(file));
    let bytes = files::read_some(file)?;
    let package = Package::from_bytes(name, None, bytes, graph.types_mut());
    let package = package.map_err(|error| refused(&format!("expected a component: {error:#}")))?;
    graph.register_package(package).map_err(|error| refused(&error))
}

fn input(error: impl Display) -> Failure {
    Failure::new(Kind::Input, error)
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}
