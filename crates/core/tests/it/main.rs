//! What users of the address parser rely on, against tables, properties and another parser.

mod address_generator;
mod address_properties;
mod address_table;
mod address_usaddress;
