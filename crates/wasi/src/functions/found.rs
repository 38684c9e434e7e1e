//! Functions that a component exports, found and with their types.

use super::lower::arguments;
use super::room::of_reply;
use super::shape::{Reader, Shape};
use super::unfit::{Refused, Unfit};
use crate::component::ENTRY;
use crate::interfaces::is_of;
use aingle_wasm_codec::ValueError;
use aingle_wasm_values::{Function, Param, Type};
use std::collections::BTreeMap;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Val};

/// Functions of a component, in the order of their names: of the world by name, of an interface as `interface#function`, with the
/// interface's version if it has one.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    /// Those that can be called, with their names and types.
    pub callable: Vec<Function>,
    /// Those that cannot be called, and why.
    pub refused: Vec<Refused>,
}

/// Function that can be called.
pub struct Callable {
    pub function: Function,
    pub index: ComponentExportIndex,
    /// How many results Wasmtime has for it.
    pub results: usize,
    /// What Wasmtime may count for a reply.
    pub room: usize,
    params: Vec<Shape>,
}

impl Callable {
    /// Reads the bytes of arguments.
    pub fn arguments(&self, bytes: &[u8]) -> Result<Vec<Val>, ValueError> {
        arguments(&self.params, bytes)
    }
}

/// Functions of a component by their names.
#[derive(Default)]
pub struct Found {
    pub callable: BTreeMap<String, Callable>,
    pub refused: BTreeMap<String, Refused>,
    /// How many more there are, and how long all names may be.
    more: Option<(usize, usize)>,
}

impl Found {
    /// Returns what users see of it.
    pub fn functions(&self) -> Functions {
        let more = self.more.map(|(more, limit)| Refused {
            function: format!("{more} more functions"),
            param: None,
            reason: Unfit::Names { limit },
        });
        Functions {
            callable: self.callable.values().map(|callable| callable.function.clone()).collect(),
            refused: self.refused.values().cloned().chain(more).collect(),
        }
    }

    /// Adds a function, if there is room for its name. Those for which there is none are counted.
    fn add(
        &mut self,
        reader: &mut Reader,
        (interface, name): (Option<&str>, &str),
        function: &ComponentFunc,
        index: ComponentExportIndex,
    ) {
        let len = interface.map_or(0, |interface| interface.len() + 1) + name.len();
        if let Err(limit) = reader.begin(len) {
            self.more = Some((self.more.map_or(1, |(more, _)| more + 1), limit));
            return;
        }
        let name = interface.map_or_else(|| name.to_owned(), |interface| format!("{interface}#{name}"));
        match read(reader, &name, function, index) {
            Ok(callable) => drop(self.callable.insert(name, callable)),
            Err(refused) => drop(self.refused.insert(name, refused)),
        }
    }
}

/// Finds the functions of a component: of its world, and of the interfaces that it exports, except the one that is run.
pub fn find(component: &Component) -> Found {
    let (ty, engine) = (component.component_type(), component.engine());
    let (mut found, mut reader) = (Found::default(), Reader::new());
    for (name, item) in ty.exports(engine) {
        let Some(index) = component.get_export_index(None, name) else { continue };
        match item.ty {
            ComponentItem::ComponentFunc(function) => found.add(&mut reader, (None, name), &function, index),
            ComponentItem::ComponentInstance(interface) if !is_entry(name) => {
                for (inner, item) in interface.exports(engine) {
                    let ComponentItem::ComponentFunc(function) = item.ty else { continue };
                    let Some(index) = component.get_export_index(Some(&index), inner) else { continue };
                    found.add(&mut reader, (Some(name), inner), &function, index);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_entry(interface: &str) -> bool {
    [2, 3].into_iter().any(|minor| is_of(interface, ENTRY, minor))
}

fn read(
    reader: &mut Reader,
    name: &str,
    function: &ComponentFunc,
    index: ComponentExportIndex,
) -> Result<Callable, Refused> {
    let refuse = |param: Option<&str>, reason: Unfit| Refused {
        function: name.to_owned(),
        param: param.map(str::to_owned),
        reason,
    };
    let params = function.params().map(|(param, ty)| {
        let shape = reader.read(&ty).map_err(|reason| refuse(Some(param), reason))?;
        Ok((Param::new(Some(param), shape.ty()), shape))
    });
    let (named, params) = params.collect::<Result<(Vec<_>, Vec<_>), Refused>>()?;
    let results: Vec<_> = function.results().collect();
    let result = results.first().map(|ty| reader.read(ty)).transpose();
    let result = result.map_err(|reason| refuse(None, reason))?;
    let ty = result.as_ref().map_or(Type::Unit, Shape::ty);
    let room = of_reply(result.as_ref()).map_err(|reason| refuse(None, reason))?;
    Ok(Callable {
        function: Function::from_parts(name, named, ty),
        index,
        results: results.len(),
        room,
        params,
    })
}
