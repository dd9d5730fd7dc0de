//! The command line: parse, assemble, print. No judgement lives here.

use std::process::ExitCode;

use clap::Parser as _;

mod args;
mod clients;
mod clock;
mod command;
mod config;
mod databases;
mod exit;
mod models;
mod named;
mod online;
mod pipeline;
mod records;
mod remembered;
mod watch;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let result = match args.command {
        args::Command::Scan(scan) => command::scan::run(&scan),
        args::Command::Check(check) => command::check::run(&check),
        args::Command::Compat(compat) => command::compat::run(&compat),
        args::Command::Explain(explain) => command::explain::run(&explain),
        args::Command::Db(db) => command::db::run(&db),
        args::Command::Identify(identify) => command::identify::run(&identify),
        args::Command::Models(models) => command::models::run(&models),
    };
    exit::code(result)
}
