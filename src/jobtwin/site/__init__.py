"""The static site: pages from records, the generator that renders them, the signed bytes."""
