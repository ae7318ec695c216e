//! What is written for people: the reference is what the code says, links lead somewhere, examples are tried.

mod example_product;
mod examples;
mod links;
mod pages;
mod public_items;
mod reference;
mod schemas;
mod tables;
mod walk;
