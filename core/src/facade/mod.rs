//! What apps see, and the only part they see.
