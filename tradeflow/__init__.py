"""Weekly briefings on world trade and China's export controls, every figure traceable."""
