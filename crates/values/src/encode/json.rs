//! A value in a text of JSON. Numbers stay as they are written.
//!
//! The whole text is checked once. Then each array and object is split when its type is known, so a text is read as often as its type is
//! deep, and no tree of it is made.

use super::error::{EncodeError, EncodeErrorKind};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A value in a text that is known to be JSON.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a RawValue);

/// A key of an object, with its value.
pub(crate) type Member<'a> = (Cow<'a, str>, Json<'a>);

/// What a value is, by its first character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number,
    Text,
    Array,
    Object,
}

impl<'a> Json<'a> {
    /// Checks that a text is one value.
    pub(crate) fn parse(text: &'a str) -> Result<Self, EncodeError> {
        let checked = serde_json::from_str(text).map(Self);
        checked.map_err(|error| {
            EncodeError::new(EncodeErrorKind::Syntax { line: error.line(), column: error.column() })
        })
    }

    /// Returns the value as it is written.
    pub(crate) fn source(self) -> &'a str {
        self.0.get()
    }

    pub(crate) fn kind(self) -> Kind {
        match self.source().bytes().next() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b't') => Kind::Bool(true),
            Some(b'f') => Kind::Bool(false),
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Returns the digits of a number, as they are written.
    pub(crate) fn number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.source())
    }

    /// Returns a text without quotes and escapes; `None` also if it has half a character, such as `"\ud800"`.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        serde_json::from_str::<Text<'a>>(self.source()).ok().map(|text| text.0)
    }

    /// Returns the items of an array.
    pub(crate) fn items(self) -> Option<Vec<Self>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.source()).ok()?;
        Some(items.into_iter().map(Self).collect())
    }

    /// Returns the members of an object, in their order, also those that are there twice.
    pub(crate) fn members(self) -> Option<Vec<Member<'a>>> {
        serde_json::from_str::<Members<'a>>(self.source()).ok().map(|members| members.0)
    }

    /// Returns the only member of an object.
    pub(crate) fn only_member(self) -> Option<Member<'a>> {
        let mut members = self.members()?;
        let only = members.pop()?;
        members.is_empty().then_some(only)
    }
}

/// A text, borrowed if it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            members.push((key.0, Json(value)));
        }
        Ok(Members(members))
    }
}
