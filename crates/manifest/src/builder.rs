//! Builds manifests of version 3.

use crate::cbor::Writer;
use crate::error::ParseError;
use crate::fields::{Fields, Requirements, field};
use crate::key::{Key, KeyId};
use crate::key_list;
use crate::kind::{Engine, Kind};
use crate::manifest::{MAGIC, Manifest};
use crate::primitives::sha256;
use crate::signature::{DOMAIN, SIGNATURE_LEN};
use crate::v3::SIGNED;
use alloc::string::String;
use alloc::vec::Vec;
use ed25519_dalek::{Signer, SigningKey};

/// What the payload of a native image is aligned to, in bytes from the beginning of the blob: a device executes it where it is.
const ALIGN: usize = 8;
/// The shortest field of padding: a key of two bytes, and the length.
const PADDING_LEN: usize = 3;

/// A manifest of version 3 that is being built. The same settings and the same payload make the same bytes.
#[derive(Debug, Clone)]
pub struct Builder {
    kind: Kind,
    module_id: u32,
    sequence: u32,
    entry: String,
    target: Option<String>,
    native: Option<(String, [u8; 32])>,
    abi: Option<u32>,
    requirements: Requirements,
    delta: Option<DeltaOf>,
}

/// What a delta begins from and makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeltaOf {
    /// SHA-256 of the module that it begins from.
    pub base_sha256: [u8; 32],
    /// The length of the module that it begins from, in bytes.
    pub base_len: u32,
    /// The length of the module that it makes, in bytes.
    pub module_len: u32,
    /// SHA-256 of the module that it makes.
    pub module_sha256: [u8; 32],
}

impl DeltaOf {
    /// Describes the delta from one module to another. Hashes both.
    ///
    /// # Errors
    /// [`ParseError::Length`] when a module is 4 GiB or longer.
    pub fn between(base: &[u8], module: &[u8]) -> Result<Self, ParseError> {
        Ok(Self {
            base_sha256: sha256(base),
            base_len: len(base)?,
            module_len: len(module)?,
            module_sha256: sha256(module),
        })
    }
}

impl Builder {
    /// Begins the manifest of a module that runs on an engine.
    #[must_use]
    pub fn module(module_id: u32, sequence: u32, entry: &str) -> Self {
        Self {
            kind: Kind::Module,
            module_id,
            sequence,
            entry: entry.into(),
            target: None,
            native: None,
            abi: None,
            requirements: Requirements::default(),
            delta: None,
        }
    }

    /// Begins the manifest of a key list, whose payload [`key_list_payload`] makes.
    #[must_use]
    pub fn key_list(sequence: u32) -> Self {
        Self { kind: Kind::KeyList, ..Self::module(0, sequence, "") }
    }

    /// Begins a manifest with the fields of another, apart from those that [`build`](Self::build) sets.
    #[must_use]
    pub fn of(fields: &Fields<'_>) -> Self {
        Self {
            kind: fields.kind,
            target: fields.target.map(Into::into),
            native: match fields.engine {
                Engine::Wasm => None,
                Engine::Native { triple, source_sha256 } => Some((triple.into(), *source_sha256)),
            },
            abi: fields.abi,
            requirements: fields.requirements,
            delta: fields.delta.map(|delta| DeltaOf {
                base_sha256: *delta.base_sha256,
                base_len: delta.base_len,
                module_len: delta.module_len,
                module_sha256: *delta.module_sha256,
            }),
            ..Self::module(fields.module_id, fields.sequence, fields.entry)
        }
    }

    /// Sets which release of which module this is, and the name of its entry point.
    #[must_use]
    pub fn release(self, module_id: u32, sequence: u32, entry: &str) -> Self {
        Self { module_id, sequence, entry: entry.into(), ..self }
    }

    /// Makes the payload a delta.
    #[must_use]
    pub fn delta(self, delta: DeltaOf) -> Self {
        Self { kind: Kind::Delta, delta: Some(delta), ..self }
    }

    /// Names the class of devices that the module is for. The default is any.
    #[must_use]
    pub fn target(self, class: &str) -> Self {
        Self { target: Some(class.into()), ..self }
    }

    /// Makes the payload a native image for a target, translated from the `.wasm` with this SHA-256.
    #[must_use]
    pub fn native(self, triple: &str, source_sha256: [u8; 32]) -> Self {
        Self { native: Some((triple.into(), source_sha256)), ..self }
    }

    /// Names the version of the ABI.
    #[must_use]
    pub fn abi(self, version: u32) -> Self {
        Self { abi: Some(version), ..self }
    }

    /// Sets what the module needs, and the limits of its calls.
    #[must_use]
    pub fn requirements(self, requirements: Requirements) -> Self {
        Self { requirements, ..self }
    }

    /// Builds the blob: header, signature if there is a key, and payload.
    ///
    /// # Errors
    /// [`ParseError`] when the settings make no manifest: a name that is empty or too long, for example.
    pub fn build(&self, payload: &[u8], key: Option<&SigningKey>) -> Result<Vec<u8>, ParseError> {
        let mut blob = self.header(payload, key.map(|key| KeyId::of(key.verifying_key().as_bytes())))?;
        if let Some(key) = key {
            let signature = key.sign(&[DOMAIN.as_slice(), &blob].concat());
            blob.extend(signature.to_bytes());
        }
        blob.extend(payload);
        Manifest::parse(&blob, len(&blob)?)?;
        Ok(blob)
    }

    /// Builds the bytes before the signature, for a signer elsewhere that signs [`DOMAIN`] and these. The blob is
    /// these, the signature of 64 bytes, and the payload.
    ///
    /// # Errors
    /// [`ParseError`] as for [`build`](Self::build).
    pub fn to_sign(&self, payload: &[u8], signer: KeyId) -> Result<Vec<u8>, ParseError> {
        let header = self.header(payload, Some(signer))?;
        let mut prefix = header.clone();
        prefix.extend([0; SIGNATURE_LEN]);
        Manifest::parse(&prefix, len(&prefix)?.saturating_add(len(payload)?))?;
        Ok(header)
    }

    fn header(&self, payload: &[u8], signer: Option<KeyId>) -> Result<Vec<u8>, ParseError> {
        let mut map = self.fields(payload, signer)?;
        let mut fields = map.finish();
        // The signature behind them is a multiple of `ALIGN` long.
        let unaligned = (MAGIC.len() + 4 + fields.len()) % ALIGN;
        if self.native.is_some() && unaligned > 0 {
            map.pad(ALIGN - unaligned);
            fields = map.finish();
        }
        let fields_len = u16::try_from(fields.len()).unwrap_or(u16::MAX);
        let mut header = Vec::from(*MAGIC);
        header.extend([3, if signer.is_some() { SIGNED } else { 0 }]);
        header.extend(fields_len.to_le_bytes());
        header.extend(fields);
        Ok(header)
    }

    fn fields(&self, payload: &[u8], signer: Option<KeyId>) -> Result<Map, ParseError> {
        let is_list = self.kind == Kind::KeyList;
        let mut map = Map::default();
        map.number(field::MODULE_ID, Some(self.module_id.into()));
        map.number(field::SEQUENCE, Some(self.sequence.into()));
        map.number(field::KIND, Some(self.kind as u64));
        map.text(field::ENTRY, (!is_list).then_some(&self.entry));
        map.number(field::PAYLOAD_LEN, Some(len(payload)?.into()));
        map.bytes(field::PAYLOAD_SHA256, Some(&sha256(payload)));
        map.bytes(field::KEY_ID, signer.as_ref().map(|id| id.0.as_slice()));
        map.text(field::TARGET, self.target.as_ref());
        map.number(field::ENGINE, (!is_list).then_some(self.native.is_some().into()));
        map.text(field::TRIPLE, self.native.as_ref().map(|native| &native.0));
        map.number(field::ABI, self.abi.map(Into::into));
        map.number(field::MEMORY, self.requirements.memory.map(Into::into));
        map.number(field::STACK, self.requirements.stack.map(Into::into));
        map.number(field::FUEL, self.requirements.fuel);
        map.number(field::DEPTH, self.requirements.depth.map(Into::into));
        map.bytes(field::BASE_SHA256, self.delta.as_ref().map(|delta| delta.base_sha256.as_slice()));
        map.number(field::BASE_LEN, self.delta.map(|delta| delta.base_len.into()));
        map.number(field::MODULE_LEN, self.delta.map(|delta| delta.module_len.into()));
        map.bytes(field::MODULE_SHA256, self.delta.as_ref().map(|delta| delta.module_sha256.as_slice()));
        map.bytes(field::SOURCE_SHA256, self.native.as_ref().map(|native| native.1.as_slice()));
        Ok(map)
    }
}

/// The pairs of a map, in the order of their keys.
#[derive(Default)]
struct Map {
    count: usize,
    pairs: Writer,
}

impl Map {
    fn number(&mut self, key: u32, value: Option<u64>) {
        self.pair(key, value, |writer, value| writer.unsigned(value));
    }

    fn bytes(&mut self, key: u32, value: Option<&[u8]>) {
        self.pair(key, value, |writer, value| writer.bytes(value));
    }

    fn text(&mut self, key: u32, value: Option<&String>) {
        self.pair(key, value, |writer, value| writer.text(value));
    }

    fn pair<T>(&mut self, key: u32, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
        if let Some(value) = value {
            self.count += 1;
            self.pairs.unsigned(key.into());
            write(&mut self.pairs, value);
        }
    }

    /// Adds the field that devices ignore, so that the map is longer by this, modulo [`ALIGN`].
    fn pad(&mut self, by: usize) {
        let len = if by < PADDING_LEN { by + ALIGN } else { by } - PADDING_LEN;
        self.bytes(field::PADDING, Some(&[0; ALIGN][..len]));
    }

    fn finish(&self) -> Vec<u8> {
        let mut map = Writer::default();
        map.map(self.count);
        map.bytes.extend_from_slice(&self.pairs.bytes);
        map.bytes
    }
}

/// Builds the payload of a key list.
///
/// # Errors
/// [`ParseError::TooManyKeys`] or [`ParseError::RepeatedKey`].
pub fn key_list_payload(sequence: u32, keys: &[Key]) -> Result<Vec<u8>, ParseError> {
    let mut list = Writer::default();
    list.map(2);
    list.unsigned(key_list::SEQUENCE.into());
    list.unsigned(sequence.into());
    list.unsigned(key_list::KEYS.into());
    list.array(keys.len());
    for key in keys {
        list.array(3);
        list.bytes(key.public());
        list.unsigned(key.role() as u64);
        list.bool(key.is_revoked());
    }
    key_list::KeyList::parse(&list.bytes)?;
    Ok(list.bytes)
}

fn len(bytes: &[u8]) -> Result<u32, ParseError> {
    u32::try_from(bytes.len()).map_err(|_| ParseError::Length { expected: u32::MAX, found: u32::MAX })
}
