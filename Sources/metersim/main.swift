// Simulated meters and lines.

print("not yet")
