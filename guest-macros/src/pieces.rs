//! Tokens cut at a separator, so that a mistake in one piece does not hide those in the next.

use proc_macro2::{Punct, TokenStream, TokenTree};

/// The tokens up to a separator, and the separator when there was one.
pub struct Piece {
    pub tokens: TokenStream,
    pub separator: Option<Punct>,
}

/// Cuts at each `separator` that is in no bracket. The last piece is left out when it is empty.
pub fn split(tokens: TokenStream, separator: char) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == separator => {
                pieces.push(Piece { tokens: std::mem::take(&mut open), separator: Some(punct) });
            }
            token => open.extend([token]),
        }
    }
    if !open.is_empty() {
        pieces.push(Piece { tokens: open, separator: None });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_not_cut() {
        let tokens = "fn a() -> [u8; 4]; fn b(); c".parse().unwrap();
        let pieces = split(tokens, ';');
        let texts: Vec<_> = pieces.iter().map(|piece| piece.tokens.to_string()).collect();
        assert_eq!(texts, ["fn a () -> [u8 ; 4]", "fn b ()", "c"]);
        assert!(pieces[1].separator.is_some() && pieces[2].separator.is_none());
    }

    #[test]
    fn an_empty_end_is_no_piece() {
        assert_eq!(split(TokenStream::new(), ',').len(), 0);
        assert_eq!(split("raw,".parse().unwrap(), ',').len(), 1);
        assert_eq!(split(",".parse().unwrap(), ',').len(), 1);
    }
}
