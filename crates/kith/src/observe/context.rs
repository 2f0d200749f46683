//! Which trace something is a part of, in the words of W3C Trace Context.

/// A span of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The trace.
    pub trace: u128,
    /// The span.
    pub span: u64,
    /// True where the trace is kept.
    pub sampled: bool,
}

/// From a header `traceparent`: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. Later versions may have more parts.
pub fn read(header: &str) -> Option<Context> {
    let mut parts = header.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lower = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    if !lower(version, 2) || version == "ff" || !lower(trace, 32) || !lower(span, 16) || !lower(flags, 2) {
        return None;
    }
    if version == "00" && parts.next().is_some() {
        return None;
    }
    let (trace, span) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(span, 16).ok()?);
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    (trace != 0 && span != 0).then_some(Context { trace, span, sampled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_examples() {
        let context = read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").expect("a context");
        assert_eq!((context.trace, context.span), (0x0af7651916cd43dd8448eb211c80319c, 0xb7ad6b7169203331));
        assert!(context.sampled);
        assert!(!read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").expect("a context").sampled);
        assert!(read("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some());
        for bad in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
