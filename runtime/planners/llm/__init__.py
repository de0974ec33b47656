"""Plans by a language model, at any OpenAI-compatible endpoint. It wants the extra `llm`."""
