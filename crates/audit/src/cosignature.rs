//! What a witness signs (C2SP tlog-cosignature, Ed25519): "as of this time, this is the largest tree of this log that I
//! saw, and it holds all that I saw before".

use crate::key::{Signer, VerifierKey};
use crate::note::SignatureLine;

/// Signs a checkpoint's text. Only [`crate::witness`] calls this, after its state is stored.
pub(crate) fn sign(text: &str, signer: &Signer, at_seconds: u64) -> SignatureLine {
    let signature = signer.sign(message(text, at_seconds).as_bytes());
    SignatureLine::of(signer.public(), [&at_seconds.to_be_bytes()[..], &signature].concat())
}

/// When the witness signed, in seconds since 1970, or nothing when it did not.
pub(crate) fn time_of(key: &VerifierKey, text: &str, signature: &[u8]) -> Option<u64> {
    let (at_seconds, signature) = signature.split_first_chunk::<8>()?;
    let at_seconds = u64::from_be_bytes(*at_seconds);
    let possible = i64::try_from(at_seconds).is_ok();
    (possible && key.is_signed(message(text, at_seconds).as_bytes(), signature)).then_some(at_seconds)
}

fn message(text: &str, at_seconds: u64) -> String {
    format!("cosignature/v1\ntime {at_seconds}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyKind;
    use crate::note::Note;

    #[test]
    fn a_cosignature_binds_time_and_text() {
        let log = Signer::from_seed("example.com/behind-the-sofa", KeyKind::Log, &[1; 32]).unwrap();
        let witness = Signer::from_seed("witness.example.com/w1", KeyKind::Witness, &[2; 32]).unwrap();
        let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let mut note = Note::sign(text.to_owned(), &log).unwrap();
        note.add(sign(text, &witness, 1_679_315_147));
        let read = Note::parse(note.to_string().as_bytes()).unwrap();
        let verified = read.signature_by(witness.public()).unwrap().unwrap();
        assert_eq!(verified.at_seconds, Some(1_679_315_147));

        let mut later = sign(text, &witness, 1_679_315_147);
        later.bytes[7] += 1;
        assert_eq!(time_of(witness.public(), text, &later.bytes), None);
        let signature = sign(text, &witness, 5).bytes;
        assert_eq!(time_of(witness.public(), &text.replace("2085", "2086"), &signature), None);
        assert_eq!(time_of(log.public(), text, &signature), None);
        assert_eq!(time_of(witness.public(), text, &signature[..71]), None);
        assert_eq!(time_of(witness.public(), text, &sign(text, &witness, 1 << 63).bytes), None);
    }

    /// The message of the specification's example, line by line.
    #[test]
    fn the_message_is_that_of_the_specification() {
        assert_eq!(
            message(
                "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
                1_679_315_147
            ),
            "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
             CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        );
    }
}
