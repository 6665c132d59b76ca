"""The part of the tables that an increment is judged on."""
