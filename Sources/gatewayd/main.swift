// The gateway: reads its arguments and hands over to the assembly.

print("not yet")
