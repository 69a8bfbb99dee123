from app.server import answer


def test_it_answers():
    assert answer("hello")
