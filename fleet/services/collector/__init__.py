"""The collector as a supervised service: health of a district's devices, kept as intervals."""
