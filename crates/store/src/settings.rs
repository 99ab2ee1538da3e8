//! Settings of the data directory: today its secret.

use crate::database::Database;
use crate::error::StoreError;
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Setting {
    value: String,
}

/// The secret under which voters' opaque keys are made: 32 random bytes, made once a database.
pub(crate) async fn secret(database: &Database, now: &str) -> Result<[u8; 32], StoreError> {
    const SELECT: &str = "SELECT value FROM settings WHERE name = 'secret'";
    let found = database.one::<Setting>("read settings", SELECT, Vec::new()).await?;
    let text = match found {
        Some(setting) => setting.value,
        None => {
            let transaction = database.begin("make secret").await?;
            transaction
                .execute(
                    "INSERT INTO settings (name, value, updated_at, updated_by) VALUES ('secret', $1, $2, $3) \
                     ON CONFLICT (name) DO NOTHING",
                    vec![hex(&random::<32>()?).into(), now.into(), transaction.name().into()],
                )
                .await?;
            let setting = transaction.one::<Setting>(SELECT, Vec::new()).await?;
            transaction.commit().await?;
            setting.map(|setting| setting.value).unwrap_or_default()
        }
    };
    from_hex(&text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        StoreError::Connect(
            "setting `secret` is damaged: expected 64 hex digits; restore it from a backup".to_owned(),
        )
    })
}

/// Random bytes: [`crate::entropy`].
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    crate::entropy::fill(&mut bytes)
        .map_err(|error| StoreError::Connect(format!("the system gives no random bytes: {error}")))?;
    Ok(bytes)
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hex digits, two each.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| if let [high, low] = *pair { Some(digit(high)? << 4 | digit(low)?) } else { None })
        .collect()
}
