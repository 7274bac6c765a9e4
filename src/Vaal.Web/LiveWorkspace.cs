using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>The workspace and what is known of it, for one request at a time.</summary>
internal sealed class LiveWorkspace(Workspace workspace) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Board _board = new();

    /// <summary>Told of each change, of this server or of another process, with the usable images of now. The workspace
    /// is held meanwhile: a listener waits for nothing.</summary>
    public event Action<ImageRow[]>? Changed;

    public string Folder => workspace.Folder;
    public string Root => workspace.Root;

    /// <summary>Works with both, alone. What other processes have written is seen.</summary>
    public T With<T>(Func<Workspace, Board, T> work)
    {
        lock (_gate)
        {
            var before = _board.Version;
            try
            {
                _board.Sync(workspace);
                var result = work(workspace, _board);
                _board.Sync(workspace);
                return result;
            }
            finally
            {
                if (_board.Version != before) Changed?.Invoke(_board.Rows);
            }
        }
    }

    public void With(Action<Workspace, Board> work) => With((w, b) => { work(w, b); return 0; });

    public void Dispose() => workspace.Dispose();
}
