/** A simple model of the lists that each user must see: it searches arrays from end to end. */
export interface Model {
  tweet(author: string, id: string): void;
  delete(id: string): void;
  follow(follower: string, followee: string): void;
  unfollow(follower: string, followee: string): void;
  /** @returns the ids of the author's tweets that are not deleted, newest first */
  profile(author: string): string[];
  feed(reader: string): string[];
  followers(followee: string): string[];
  following(follower: string): string[];
  /** @returns the same ids, oldest first, to pick one for deletion */
  tweetsOf(author: string): string[];
}

export function createModel(): Model {
  let tweets: { author: string; id: string }[] = [];
  let follows: { follower: string; followee: string }[] = [];
  const idsOf = (authors: string[]) =>
    tweets.filter((tweet) => authors.includes(tweet.author)).map((tweet) => tweet.id);
  const following = (follower: string) =>
    follows.filter((each) => each.follower === follower).map((each) => each.followee);
  return {
    tweet: (author, id) => void tweets.push({ author, id }),
    delete(id) {
      tweets = tweets.filter((tweet) => tweet.id !== id);
    },
    follow(follower, followee) {
      if (!following(follower).includes(followee)) follows.push({ follower, followee });
    },
    unfollow(follower, followee) {
      follows = follows.filter((each) => each.follower !== follower || each.followee !== followee);
    },
    profile: (author) => idsOf([author]).reverse(),
    feed: (reader) => idsOf([reader, ...following(reader)]).reverse(),
    followers: (followee) =>
      follows
        .filter((each) => each.followee === followee)
        .map((each) => each.follower)
        .reverse(),
    following: (follower) => following(follower).reverse(),
    tweetsOf: (author) => idsOf([author]),
  };
}
