"""Text to words: lower case, split at spaces. What stands next to a comma is another word than what does not."""


def words_of(text):
    return text.lower().split()
