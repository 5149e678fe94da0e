"""GB/T 28181 over SIP/UDP: the recorder's side, and a small upper platform to register at."""
