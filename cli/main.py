def main() -> int:
    print("x")
    return 0
