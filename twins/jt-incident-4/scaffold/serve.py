"""Start the assistant: `python -m serve`. Reads JOBTWIN_SOCKET and JOBTWIN_DATA."""

from leafletline.http_front import main

if __name__ == "__main__":
    main()
