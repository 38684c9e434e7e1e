//! Host functions, as checking and expanding see them.

use crate::errors::Errors;
use crate::name::Name;
use crate::pieces::{Piece, split};
use crate::root::Root;
use crate::signature::{self, Parameter};
use proc_macro2::{Ident, Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Signature, Token, Type, Visibility, token};

const FORMS: &str =
    "write names, `host_externs!(a, b)`, or declarations, `host_externs! { fn a(x: u8) -> u8; }`";

/// What one `host_externs!` declares.
#[derive(Default)]
pub struct HostExterns {
    pub root: Root,
    pub items: Vec<HostExtern>,
}

/// One host function.
pub enum HostExtern {
    /// By its name alone: bytes in, bytes out.
    Raw(Raw),
    /// By its signature.
    Typed(Box<Typed>),
}

/// A raw host function.
pub struct Raw {
    pub ident: Ident,
    pub name: Name,
}

/// A typed host function.
pub struct Typed {
    pub name: Name,
    /// `#[notify]`, where it stands.
    pub notify: Option<Attribute>,
    /// All attributes but those of this macro.
    pub attrs: Vec<Attribute>,
    pub vis: Visibility,
    pub signature: Signature,
    pub parameters: Vec<Parameter>,
    pub result: Type,
}

impl HostExterns {
    /// Reads all declarations, and notes those that are not understood.
    pub fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut externs = Self::default();
        let mut pieces = split(tokens, ';');
        if pieces.first().is_some_and(|piece| is_crate(&piece.tokens)) {
            let root = syn::parse2(pieces.remove(0).tokens);
            externs.root = errors.keep(root).unwrap_or_default();
        }
        if pieces.is_empty() {
            errors.add(syn::Error::new(Span::call_site(), format!("no host function is named: {FORMS}")));
        }
        for piece in pieces {
            externs.piece(piece, errors);
        }
        externs
    }

    /// A list of names, which nothing ends, or one declaration, which a semicolon ends.
    fn piece(&mut self, Piece { tokens, separator }: Piece, errors: &mut Errors) {
        if tokens.is_empty() {
            return errors.push(separator, "nothing is declared before this semicolon: remove it");
        }
        if separator.is_none() && is_names(&tokens) {
            return self.names(tokens, errors);
        }
        let Some(typed) = errors.keep((|input: ParseStream<'_>| Typed::parse(input)).parse2(tokens)) else {
            return;
        };
        if separator.is_none() {
            errors.push(&typed.signature, "a declaration ends in a semicolon: write `;` behind this one");
        }
        self.items.push(HostExtern::Typed(Box::new(typed)));
    }

    fn names(&mut self, tokens: TokenStream, errors: &mut Errors) {
        for Piece { tokens, separator } in split(tokens, ',') {
            if tokens.is_empty() {
                errors.push(separator, "a name is missing before this comma: remove it");
                continue;
            }
            let ident = syn::parse2::<Ident>(tokens.clone())
                .map_err(|_| syn::Error::new_spanned(tokens, format!("this is not one name: {FORMS}")));
            if let Some(ident) = errors.keep(ident) {
                self.items.push(HostExtern::Raw(Raw { name: Name::new(None, &ident), ident }));
            }
        }
    }
}

impl Typed {
    /// A declaration without its semicolon.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !starts_function(input) {
            return Err(input.error(format!("this declares no function: {FORMS}")));
        }
        let signature: Signature = input.parse()?;
        if input.peek(token::Brace) {
            return Err(
                input.error("a host function has its body in the host: write `;` in place of this one")
            );
        }
        if !input.is_empty() {
            return Err(input.error("a declaration ends behind the result: write `;` before this"));
        }
        let given = take(&mut attrs, "name").map(|attr| name(&attr)).transpose()?;
        Ok(Self {
            name: Name::new(given.as_ref(), &signature.ident),
            notify: take(&mut attrs, "notify"),
            attrs,
            vis,
            parameters: signature::parameters(&signature),
            result: signature::result(&signature),
            signature,
        })
    }
}

/// Whether what follows is `fn`, or a qualifier that check has a sentence for.
fn starts_function(input: ParseStream<'_>) -> bool {
    input.peek(Token![fn])
        || input.peek(Token![async])
        || input.peek(Token![unsafe])
        || input.peek(Token![extern])
        || input.peek(Token![const])
}

fn is_crate(tokens: &TokenStream) -> bool {
    let crate_is = |input: ParseStream<'_>| {
        let found = input.peek(Token![crate]) && input.peek2(Token![=]);
        input.parse::<TokenStream>().map(|_| found)
    };
    crate_is.parse2(tokens.clone()).unwrap_or(false)
}

/// Whether the tokens begin with a name, as a list of names does and no declaration.
fn is_names(tokens: &TokenStream) -> bool {
    let name = |input: ParseStream<'_>| {
        let found = input.peek(syn::Ident);
        input.parse::<TokenStream>().map(|_| found)
    };
    name.parse2(tokens.clone()).unwrap_or(false)
}

/// Takes the first attribute of this name out of the list. A second one stays, and rustc refuses it.
fn take(attrs: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let at =
        attrs.iter().position(|attr| attr.path().get_ident().is_some_and(|ident| ident.unraw() == name))?;
    Some(attrs.remove(at))
}

/// `#[name = "…"]`
fn name(attr: &Attribute) -> syn::Result<LitStr> {
    if let Meta::NameValue(pair) = &attr.meta
        && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
    {
        return Ok(text.clone());
    }
    Err(syn::Error::new_spanned(attr, "`name` takes a text: write `#[name = \"…\"]`"))
}
