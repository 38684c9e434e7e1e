//! Whole calls, with a host that writes into the guest's memory. `cargo xtask miri` runs them where what Rust's
//! rules forbid is seen.

use crate::call::{Call, Reply};
use crate::outgoing::Outgoing;
use crate::raw::test_host::{self, FAIL, MIRROR, REENTER, SUM, call, lines, open, reply, request};
use crate::{BadRequest, HostCallError, Level, host_args, log, return_err, return_ok};
use aingle_wasm_codec::{Format, value};
use aingle_wasm_types::{ErrorCode, Flags, control_block};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

macro_rules! crossing {
    ($(#[$doc:meta])* fn $name:ident() $body:block) => {
        $(#[$doc])*
        #[test]
        #[cfg_attr(not(miri), ignore = "addresses may have more than 32 bits: `cargo xtask miri` runs it")]
        fn $name() $body
    };
}

/// A raw export that returns what it is given.
fn echo(call: &mut Call<'_>) -> Result<Reply, BadRequest> {
    let payload: &[u8] = call.payload();
    call.reply_raw(payload)
}

/// The same by way of the host. The request is borrowed meanwhile.
fn by_mirror(call: &mut Call<'_>) -> Result<Reply, BadRequest> {
    let payload: &[u8] = call.payload();
    let mirrored = MIRROR.call(payload).unwrap();
    assert_eq!(mirrored, payload);
    call.reply_raw(mirrored)
}

fn long(len: usize) -> Vec<u8> {
    (0..len).map(|at| at as u8).collect()
}

crossing! {
    fn requests_are_read_where_the_host_writes_them() {
        open();
        for len in [0, 64, 760, 3, 1_100, 64] {
            assert_eq!(call(&long(len), echo), (long(len), Flags::SUM), "{len}");
        }
    }
}

crossing! {
    /// A result that is the beginning of the request is not copied; one that begins later is.
    fn results_that_are_in_the_request_stay_there() {
        open();
        for format in [SUM, Format::default()] {
            for len in [1, 64, 1_100] {
                let asked = request(&long(len), Flags::EXPECTS_RESPONSE, format);
                let front = |call: &mut Call<'_>| {
                    let payload: &[u8] = call.payload();
                    call.reply_raw(&payload[..payload.len().div_ceil(2)])
                };
                let replied = crate::serve::serve(asked.ptr, asked.len, front);
                assert_eq!(replied >> 32, u64::from(asked.ptr), "{len}");
                assert_eq!(reply(replied).0, long(len.div_ceil(2)));
                let asked = request(&long(len), Flags::EXPECTS_RESPONSE, format);
                let rest = |call: &mut Call<'_>| {
                    let payload: &[u8] = call.payload();
                    call.reply_raw(&payload[payload.len() / 2..])
                };
                let replied = crate::serve::serve(asked.ptr, asked.len, rest);
                assert_eq!(reply(replied).0, long(len)[len / 2..]);
            }
        }
    }
}

crossing! {
    fn responses_are_read_where_the_host_writes_them_or_fetched() {
        open();
        for len in [64, 64, 0, 300, 200, 3] {
            assert_eq!(call(&long(len), by_mirror), (long(len), Flags::SUM), "{len}");
        }
    }
}

crossing! {
    fn arguments_are_borrowed_while_the_host_writes_responses() {
        open();
        let mut arguments = Outgoing::default();
        value::encode_to(&("roof", [1.5_f32, 2.5].as_slice(), [7_u32, 8].as_slice(), b"bytes".as_slice()), &mut arguments)
            .unwrap();
        for _ in 0..2 {
            let (sum, _) = call(arguments.payload(), |call| {
                let station = call.borrow::<str>(1)?;
                let (floats, numbers) = (call.borrow::<[f32]>(2)?, call.borrow::<[u32]>(3)?);
                let bytes = call.borrow::<[u8]>(4)?;
                call.finish()?;
                let mirrored: (String, u32) = crate::host::call_typed(MIRROR, &(station, 9_u32)).unwrap();
                log(Level::Info, format_args!("{station} {}", mirrored.1));
                let floats: f32 = <[f32] as crate::BorrowedArgument>::get(&floats).iter().sum();
                let numbers: u32 = <[u32] as crate::BorrowedArgument>::get(&numbers).iter().sum();
                let bytes = <[u8] as crate::BorrowedArgument>::get(&bytes).len();
                assert_eq!(mirrored.0, station);
                call.reply(&(floats, numbers, bytes as u32))
            });
            assert_eq!(value::decode::<(f32, u32, u32)>(&sum), Ok((4.0, 15, 5)));
            assert_eq!(lines(), [b"\x03roof 9"]);
        }
    }
}

crossing! {
    fn errors_of_the_host_and_of_the_guest_arrive() {
        open();
        let error = ErrorCode::Application.to_prefix();
        let asked = [error.as_slice(), b"no"].concat();
        let (body, flags) = call(&asked, |call| {
            let payload: &[u8] = call.payload();
            let failed = HostCallError::Failed { code: ErrorCode::Application, body: b"no".to_vec() };
            assert_eq!(FAIL.call(payload), Err(failed));
            call.reply_raw(Err::<(), _>("not so"))
        });
        assert_eq!((body, flags), ([error.as_slice(), b"not so"].concat(), Flags::ERROR.with(Flags::SUM)));
    }
}

crossing! {
    fn notifications_have_no_answer() {
        open();
        let told = request(b"it", Flags::NONE, SUM);
        let replied = crate::serve::serve(told.ptr, told.len, |call| {
            MIRROR.notify(call.payload()).unwrap();
            log(Level::Warn, "heard");
            Ok(Reply::Value)
        });
        assert_eq!((replied, lines()), (0, vec![b"\x02heard".to_vec()]));
    }
}

crossing! {
    /// Nothing of a call changes under it, whatever the host tries.
    fn a_host_that_calls_back_is_not_served() {
        open();
        let served = call(b"held", |call| {
            let payload: &[u8] = call.payload();
            let served = REENTER.call(b"").unwrap();
            assert_eq!(payload, b"held");
            call.reply_raw(served)
        });
        assert_eq!(served.0, [0, 0]);
    }
}

crossing! {
    fn entry_points_by_hand_cross_too() {
        open();
        for format in [SUM, Format::default()] {
            for len in [3, 300, 64] {
                let asked = request(&long(len), Flags::EXPECTS_RESPONSE, format);
                let input = host_args(asked.ptr, asked.len).unwrap();
                let mirrored = MIRROR.call(&input).unwrap();
                log(Level::Debug, "by hand");
                assert_eq!(reply(return_ok(&mirrored)).0, long(len));
                assert_eq!(reply(return_err(&input)).0[ErrorCode::PREFIX_LEN..], long(len));
            }
        }
        assert_eq!(host_args(0, 64), Err(BadRequest::NotARequest));
        assert_eq!(lines().len(), 6);
    }
}

crossing! {
    fn the_hosts_words_are_read_when_they_are_needed() {
        open();
        test_host::set_word(control_block::LZ4_THRESHOLD, 100);
        let (reply, flags) = call(&[7; 200], echo);
        assert_eq!(flags.contains(Flags::LZ4), cfg!(feature = "lz4"));
        assert_eq!(reply.len() < 200, cfg!(feature = "lz4"));
        test_host::set_word(control_block::LZ4_THRESHOLD, 0);
        assert_eq!(call(&[7; 200], echo).0, [7; 200]);
    }
}
