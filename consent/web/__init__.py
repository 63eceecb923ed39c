"""What meets HTTP: the blueprint for people, the rewriting of pages, the guards around an answer."""
