//! One row as it is compared: numbers of interned values. 0 is missing, everywhere.

/// A prepared row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row {
    /// Given name.
    pub first: u32,
    /// Middle name.
    pub middle: u32,
    /// Surname.
    pub last: u32,
    /// `YYYYMMDD` with zeros for what is not known.
    pub birth: u32,
    /// House number.
    pub house: u32,
    /// Street in standard form.
    pub street: u32,
    /// House number and street together.
    pub address: u32,
    /// Unit.
    pub unit: u32,
    /// City.
    pub city: u32,
    /// Postal code.
    pub zip: u32,
    /// State.
    pub state: u32,
    /// Telephone.
    pub phone: u32,
    /// E-mail address.
    pub email: u32,
    /// `F`, `M`, or 0.
    pub sex: u8,
    /// 1 `JR`, 2 `SR`, 3 `I`, … (see `prepare`), or 0.
    pub suffix: u8,
}
