"""The casino's games, as data."""

from __future__ import annotations

GAMES: dict[int, str] = {
    100: "Rocket Dice",
    101: "It's bananas!",
    102: "Wild Spin",
    103: "Book of Dead",
    104: "Pirate Jackpots",
    105: "Western Gold 2",
    106: "Super Rainbow Megaways",
    107: "#BarsAndBells",
    108: "Fortune Three",
    109: "ChilliPop",
}
