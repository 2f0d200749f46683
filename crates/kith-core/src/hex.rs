//! Bytes as text: the form of hashes, of random ids, and of bytes that are no text.

/// Two lower-case hexadecimal digits a byte.
///
/// ```
/// assert_eq!(kith_core::hex(&[0, 0x1f, 0xff]), "001fff");
/// ```
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |half: u8| DIGITS[usize::from(half & 15)];
    bytes.as_ref().iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
