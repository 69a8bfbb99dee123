"""Start the assistant: `python -m serve`. Reads JOBTWIN_SOCKET, JOBTWIN_DATA, JOBTWIN_PEER_LLM."""

from assistant.http_front import main

if __name__ == "__main__":
    main()
