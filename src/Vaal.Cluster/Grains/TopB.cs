using Vaal.Cluster.Work;

namespace Vaal.Cluster.Grains;

internal sealed class TopB : Grain, ITopB
{
    private TopScores? _best;

    public Task<Bar?> Offer(int budget, int[] ids, float[] scores)
    {
        _best ??= new(budget);
        for (var i = 0; i < ids.Length; i++) _best.Add(ids[i], scores[i]);
        return Bar();
    }

    public Task<Bar?> Bar() => Task.FromResult(_best?.Bar);
}
