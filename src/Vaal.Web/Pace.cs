using System.Collections.Concurrent;

namespace Vaal.Web;

/// <summary>How fast each person labels.</summary>
internal sealed class Pace(TimeProvider clock)
{
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, Queue<(DateTimeOffset At, int Count)>> _saved = [];

    public void Count(string who, int labels)
    {
        var queue = _saved.GetOrAdd(who, _ => new());
        lock (queue)
        {
            queue.Enqueue((clock.GetUtcNow(), labels));
            Forget(queue);
        }
    }

    /// <summary>Labels a minute over the last five minutes, or since the person began.</summary>
    public double PerMinute(string who)
    {
        if (!_saved.TryGetValue(who, out var queue)) return 0;
        lock (queue)
        {
            Forget(queue);
            if (queue.Count == 0) return 0;
            var minutes = Math.Max((clock.GetUtcNow() - queue.Peek().At).TotalMinutes, 1.0 / 6);
            return queue.Sum(s => s.Count) / minutes;
        }
    }

    private void Forget(Queue<(DateTimeOffset At, int Count)> queue)
    {
        while (queue.Count > 0 && clock.GetUtcNow() - queue.Peek().At > _window) queue.Dequeue();
    }
}
