//! Reads the text of a type. `docs/ABI.md` has the grammar.

use crate::integer::Integer;
use crate::shown;
use crate::ty::{Content, Field, Type, Variant, Variants};
use crate::type_error::{TypeError, TypeErrorKind};
use std::collections::HashSet;
use std::str::FromStr;

/// The longest text of a type, in bytes: what a description record can hold.
pub const MAX_TEXT: usize = u16::MAX as usize;

/// How deep types may be nested in a type, in levels: as deep as a host reads values.
pub const MAX_NESTING: usize = aingle_wasm_types::limits::MAX_NESTING as usize;

type Result<T, E = TypeError> = std::result::Result<T, E>;

impl Type {
    /// Reads the text of a type, as a description has it.
    ///
    /// # Errors
    /// [`TypeError`] when it is not the text of one type, or longer or deeper than types may be.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_TEXT {
            let kind = TypeErrorKind::TooLong { limit: MAX_TEXT, found: text.len() };
            return Err(TypeError { offset: 0, kind });
        }
        let mut parser = Parser { text, offset: 0, nesting: 0 };
        let ty = parser.ty()?;
        if parser.rest().is_empty() { Ok(ty) } else { Err(parser.unexpected("the end")) }
    }
}

impl FromStr for Type {
    type Err = TypeError;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// A position in a text.
struct Parser<'t> {
    text: &'t str,
    offset: usize,
    nesting: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn error(&self, kind: TypeErrorKind) -> TypeError {
        TypeError { offset: self.offset, kind }
    }

    fn unexpected(&self, expected: &'static str) -> TypeError {
        self.error(TypeErrorKind::Unexpected { expected, found: self.rest().chars().next() })
    }

    /// Returns whether the text goes on with this, and if so, moves behind it.
    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.offset += if found { token.len() } else { 0 };
        found
    }

    /// Moves behind the text in these backticks.
    fn expect(&mut self, quoted: &'static str) -> Result<()> {
        if self.eat(quoted.trim_matches('`')) { Ok(()) } else { Err(self.unexpected(quoted)) }
    }

    /// The characters up to the next that the grammar uses.
    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let name = &rest[..rest.find(is_delimiter).unwrap_or(rest.len())];
        self.offset += name.len();
        name
    }

    fn ty(&mut self) -> Result<Type> {
        if self.nesting == MAX_NESTING {
            return Err(self.error(TypeErrorKind::TooDeep { limit: MAX_NESTING }));
        }
        self.nesting += 1;
        let ty = self.any()?;
        self.nesting -= 1;
        Ok(ty)
    }

    fn any(&mut self) -> Result<Type> {
        if self.eat("[") {
            let item = self.ty()?;
            self.expect("`]`")?;
            return Ok(match item {
                Type::Integer(Integer::U8) => Type::Bytes,
                item => Type::Seq(Box::new(item)),
            });
        }
        if self.eat("(") {
            let types = self.list(")", "`, ` or `)`", Self::ty)?;
            return Ok(if types.is_empty() { Type::Unit } else { Type::Tuple(types) });
        }
        if self.eat("{") {
            return Ok(Type::Struct(self.fields()?));
        }
        self.named()
    }

    fn named(&mut self) -> Result<Type> {
        let start = self.offset;
        let name = self.name();
        if let Some(integer) = Integer::ALL.into_iter().find(|integer| integer.name() == name) {
            return Ok(Type::Integer(integer));
        }
        match name {
            "bool" => Ok(Type::Bool),
            "f32" => Ok(Type::F32),
            "f64" => Ok(Type::F64),
            "char" => Ok(Type::Char),
            "str" => Ok(Type::Str),
            "enum" => self.variants(),
            "Option" => {
                self.expect("`<`")?;
                let some = self.ty()?;
                self.expect("`>`")?;
                Ok(Type::Option(Box::new(some)))
            }
            "Map" => self.two().map(|(key, value)| Type::Map(key, value)),
            "Result" => self.two().map(|(ok, err)| Type::Result(ok, err)),
            "" => Err(self.unexpected("a type")),
            name => {
                let name = shown::name(name);
                Err(TypeError { offset: start, kind: TypeErrorKind::UnknownType { name } })
            }
        }
    }

    fn two(&mut self) -> Result<(Box<Type>, Box<Type>)> {
        self.expect("`<`")?;
        let first = self.ty()?;
        self.expect("`, `")?;
        let second = self.ty()?;
        self.expect("`>`")?;
        Ok((Box::new(first), Box::new(second)))
    }

    /// The fields behind `{`.
    fn fields(&mut self) -> Result<Vec<Field>> {
        let mut names = HashSet::new();
        self.list("}", "`, ` or `}`", |parser| {
            let name = parser.new_name(&mut names, "the name of a field")?;
            parser.expect("`: `")?;
            Ok(Field { name, ty: parser.ty()? })
        })
    }

    /// The variants behind `enum`.
    fn variants(&mut self) -> Result<Type> {
        self.expect("` {`")?;
        let mut names = HashSet::new();
        let variants = self.list("}", "`, `, `(`, `{` or `}`", |parser| {
            let name = parser.new_name(&mut names, "the name of a variant")?;
            let content = if parser.eat("(") {
                Content::Tuple(parser.list(")", "`, ` or `)`", Self::ty)?)
            } else if parser.eat("{") {
                Content::Struct(parser.fields()?)
            } else {
                Content::Unit
            };
            Ok(Variant { name, content })
        })?;
        Ok(Type::Enum(Variants::new(variants)))
    }

    fn new_name(&mut self, names: &mut HashSet<&'t str>, expected: &'static str) -> Result<String> {
        let start = self.offset;
        let name = self.name();
        if name.is_empty() {
            return Err(self.unexpected(expected));
        }
        if !names.insert(name) {
            let name = shown::name(name);
            return Err(TypeError { offset: start, kind: TypeErrorKind::DuplicateName { name } });
        }
        Ok(name.to_owned())
    }

    /// Items between commas, up to `close`.
    fn list<T>(
        &mut self,
        close: &str,
        expected: &'static str,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            if !self.eat(", ") {
                return Err(self.unexpected(expected));
            }
        }
    }
}

/// Returns whether names cannot have this character: the same that the codec refuses in them.
fn is_delimiter(c: char) -> bool {
    matches!(c, '\0'..=' ' | ',' | ':' | '(' | ')' | '{' | '}' | '[' | ']' | '<' | '>' | '\x7f')
}
