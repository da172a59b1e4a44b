// The technician's and tester's command.

print("not yet")
