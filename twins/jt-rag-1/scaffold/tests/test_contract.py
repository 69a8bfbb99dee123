from ragservice.ingestion import Page
from ragservice.retrieval import Index


def test_an_answer_keeps_to_the_contract():
    index = Index([Page("a", 1, "the invoice archive keeps entries"), Page("b", 2, "something else")])
    answer = index.answer("invoice archive", 10)
    assert answer["results"][0]["doc_id"] == "a"
    assert len(answer["results"]) <= 10
    assert len(answer["citations"]) <= 3
    assert len(answer["answer"]) <= 400
