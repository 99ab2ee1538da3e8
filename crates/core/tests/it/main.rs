//! What users of the address parser rely on, against tables, properties and another parser.

mod address_properties;
