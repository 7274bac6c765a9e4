namespace Vaal.Web;

/// <summary>A person, or one of the person's pages.</summary>
/// <param name="Page">tells pages of one person apart; empty: there is only one</param>
internal readonly record struct Holder(string Who, string Page);

/// <summary>Images that are on somebody's screen: nobody else is given them.</summary>
internal sealed class Leases(TimeProvider clock)
{
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (Holder Who, DateTimeOffset Until)> _leases = [];

    /// <summary>Gives a person the first images that nobody else holds.</summary>
    /// <param name="images">ids, the most wanted first</param>
    public List<int> Take(Holder who, IEnumerable<int> images, int count)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var taken = new List<int>();
            foreach (var image in images)
            {
                if (taken.Count == count) break;
                if (IsOthers(image, who, now)) continue;
                _leases[image] = (who, now + Length);
                taken.Add(image);
            }
            return taken;
        }
    }

    /// <summary>Holds images for two minutes more.</summary>
    /// <returns>those that are this person's still</returns>
    public List<int> Renew(Holder who, IEnumerable<int> images) => Take(who, images, int.MaxValue);

    /// <summary>Gives images back, for others.</summary>
    public void Release(Holder who, IEnumerable<int> images)
    {
        lock (_gate)
            foreach (var image in images)
                if (_leases.TryGetValue(image, out var lease) && lease.Who == who) _leases.Remove(image);
    }

    /// <summary>Somebody else's page shows it.</summary>
    public bool IsTaken(int image, string who)
    {
        lock (_gate) return _leases.TryGetValue(image, out var lease) && lease.Who.Who != who
            && lease.Until > clock.GetUtcNow();
    }

    private bool IsOthers(int image, Holder who, DateTimeOffset now) =>
        _leases.TryGetValue(image, out var lease) && lease.Who != who && lease.Until > now;
}
