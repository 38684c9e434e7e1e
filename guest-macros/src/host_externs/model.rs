//! Host functions, as checking and expanding see them.

use crate::errors::Errors;
use crate::name::Name;
use crate::pieces::{Piece, split};
use crate::root::Root;
use crate::signature::{self, Parameter};
use proc_macro2::{Ident, Span, TokenStream};
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
    /// Attributes of this macro that stand twice.
    pub repeated: Vec<Attribute>,
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
        let parser = |input: ParseStream<'_>| Ok((Typed::parse(input, errors)?, excess(input)?));
        let (typed, excess) = match parser.parse2(tokens) {
            Ok(found) => found,
            Err(error) => return errors.add(error),
        };
        if let Some(error) = excess {
            errors.add(error);
        } else if separator.is_none() {
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
    /// A declaration up to what ends it.
    fn parse(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        if !declares_function(&input.fork()) {
            return Err(input.error(format!("this declares no function: {FORMS}")));
        }
        let signature: Signature = input.parse()?;
        let (given, mut repeated) = take(&mut attrs, "name");
        let (notify, again) = take(&mut attrs, "notify");
        repeated.extend(again);
        let given = given.and_then(|attr| errors.keep(name(&attr)));
        Ok(Self {
            name: Name::new(given.as_ref(), &signature.ident),
            notify,
            repeated,
            attrs,
            vis,
            parameters: signature::parameters(&signature),
            result: signature::result(&signature),
            signature,
        })
    }
}

/// Takes what stands between a signature and its semicolon, where nothing should, and says what it is.
fn excess(input: ParseStream<'_>) -> syn::Result<Option<syn::Error>> {
    if input.is_empty() {
        return Ok(None);
    }
    let error = input.error(if input.peek(token::Brace) {
        "a host function has its body in the host: write `;` in place of this one"
    } else {
        "a declaration ends behind the result: write `;` before this"
    });
    input.parse::<TokenStream>().map(|_| Some(error))
}

/// Whether what follows is `fn`, behind any qualifiers: check has sentences for those.
fn declares_function(input: ParseStream<'_>) -> bool {
    let qualifiers = |input: ParseStream<'_>| {
        input.parse::<Option<Token![const]>>()?;
        input.parse::<Option<Token![async]>>()?;
        input.parse::<Option<Token![unsafe]>>()?;
        input.parse::<Option<syn::Abi>>()
    };
    qualifiers(input).is_ok() && input.peek(Token![fn])
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

/// Takes all attributes of this name out of the list: the first, and those that repeat it.
fn take(attrs: &mut Vec<Attribute>, name: &str) -> (Option<Attribute>, Vec<Attribute>) {
    let (taken, left): (Vec<_>, _) = attrs.drain(..).partition(|attr| attr.path().is_ident(name));
    *attrs = left;
    let mut taken = taken.into_iter();
    (taken.next(), taken.collect())
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
