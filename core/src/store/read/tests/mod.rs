mod directories;
mod inbox;
mod search;
