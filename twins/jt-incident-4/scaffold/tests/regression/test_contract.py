"""The assistant answers at all. Your regression test stands beside this file."""


def test_storage_advice_cites_its_place(ask, table):
    product = next(row for row in table("products") if row["id"] == "{{plain_product}}")
    answer = ask(product=product["name"], ask="storage")
    assert answer["status"] == "answered"
    assert set(answer["facts"]) == {"max_c", "open_days"}
    assert answer["citation"]["product"] == product["id"]


def test_a_question_about_nothing_is_refused(ask, table):
    product = next(row for row in table("products") if row["id"] == "{{plain_product}}")
    answer = ask(product=product["name"], question="hello")
    assert answer["status"] == "refused"
    assert answer["reason"] == "unclear_question"
