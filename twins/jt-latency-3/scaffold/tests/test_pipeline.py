from answers.pipeline import Pipeline

NOTES = [
    {"id": "n1", "product": "Bluecrag", "text": "The Bluecrag weighs 2 kg."},
    {"id": "n2", "product": "Redcrag", "text": "The Redcrag weighs 3 kg."},
]


def echo(model, messages):
    return messages[-1]["content"], "chatcmpl-1"


def test_the_best_note_stands_first():
    said = Pipeline(NOTES, echo).answer("What does the Redcrag weigh in kg?")
    assert said["answer"].index("Redcrag weighs 3") < said["answer"].index("Bluecrag")


def test_a_changed_note_holds_from_then_on():
    pipeline = Pipeline(NOTES, echo)
    pipeline.replace({"id": "n2", "product": "Redcrag", "text": "The Redcrag weighs 4 kg."})
    assert "weighs 4 kg" in pipeline.answer("What does the Redcrag weigh in kg?")["answer"]
