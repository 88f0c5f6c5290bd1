//! `base64`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Function, wrong};
use crate::cel::limits::Meter;
use crate::cel::{EvaluationError, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { name: "base64.decode", signatures: &["base64.decode(string): bytes"], run: decode },
    Function { name: "base64.encode", signatures: &["base64.encode(bytes): string"], run: encode },
];

/// Writes padding, and reads texts with and without it.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn decode(meter: &mut Meter, arguments: &[Value]) -> Result<Value, EvaluationError> {
    let [Value::String(text)] = arguments else { return wrong("base64.decode", arguments) };
    meter.text(text.len())?;
    let bytes = ENGINE.decode(text.as_bytes());
    let bytes = bytes.map_err(|_| EvaluationError::function("base64.decode", "this is no base64"))?;
    Ok(Value::Bytes(bytes.into()))
}

fn encode(meter: &mut Meter, arguments: &[Value]) -> Result<Value, EvaluationError> {
    let [Value::Bytes(bytes)] = arguments else { return wrong("base64.encode", arguments) };
    meter.text(bytes.len().div_ceil(3) * 4)?;
    Ok(Value::text(ENGINE.encode(bytes)))
}
