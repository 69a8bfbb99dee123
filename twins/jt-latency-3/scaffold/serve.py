"""Start the service: `python -m serve`. Reads JOBTWIN_SOCKET, JOBTWIN_DATA and JOBTWIN_PEER_LLM."""

from answers.front import main

if __name__ == "__main__":
    main()
