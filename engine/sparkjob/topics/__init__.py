"""Topics as their contracts say: planned first, then made, never removed."""
